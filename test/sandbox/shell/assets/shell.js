// The CRM's side of the embedded page: answers its question who is looking, and follows the switchers.

for (const select of document.querySelectorAll('select[data-navigates]')) {
  select.addEventListener('change', () => location.assign(select.value))
}

/** A log as it grows, read again each second; its end stays in sight. */
async function follow(log, shown) {
  const answer = await fetch(log.dataset.live).catch(() => undefined)
  const markup = answer?.ok ? await answer.text() : shown
  if (markup !== shown) {
    log.innerHTML = markup
    log.scrollTop = log.scrollHeight
  }
  setTimeout(() => follow(log, markup), 1000)
}

for (const log of document.querySelectorAll('[data-live]')) follow(log)

const frame = document.querySelector('iframe')

async function freshUserContext() {
  const query = new URLSearchParams({ user_id: frame.dataset.user, location_id: frame.dataset.location })
  const answer = await fetch(`/shell/user-context?${query}`).catch(() => undefined)
  return answer?.ok ? (await answer.json()).payload : undefined
}

window.addEventListener('message', async (event) => {
  if (event.source !== frame?.contentWindow || event.data?.message !== 'REQUEST_USER_DATA') return
  const payload = await freshUserContext()
  if (payload) event.source.postMessage({ message: 'REQUEST_USER_DATA_RESPONSE', payload }, event.origin)
})

const awaiting = document.querySelector('[data-awaits-install]')?.dataset.awaitsInstall

async function openWhenInstalled() {
  const answer = await fetch('/shell/installed-locations').catch(() => undefined)
  const installed = answer?.ok ? (await answer.json()).locationIds : []
  if (installed.includes(awaiting)) location.reload()
  else setTimeout(openWhenInstalled, 1500)
}

if (awaiting) await openWhenInstalled()
