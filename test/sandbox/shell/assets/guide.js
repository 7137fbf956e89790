// The levers of the stand-in CRM: each button calls its control addresses and says what happened.

const status = document.querySelector('.guide [role="status"]')

function tell(text, failed = false) {
  status.textContent = text
  status.toggleAttribute('data-failed', failed)
}

async function call({ path, body }) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}.`)
}

async function pull({ calls, done }) {
  for (const one of JSON.parse(calls)) await call(one)
  tell(done)
}

for (const button of document.querySelectorAll('.guide button[data-calls]')) {
  button.addEventListener('click', async () => {
    button.disabled = true
    await pull(button.dataset).catch((error) => tell(error.message, true))
    button.disabled = false
  })
}

async function submit(form, submitter) {
  const answer = await fetch(form.dataset.control, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(new FormData(form, submitter))),
  })
  const { done, message } = await answer.json()
  form.querySelector('output').textContent = done ?? message
}

for (const form of document.querySelectorAll('.guide form[data-control]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit(form, event.submitter).catch((error) => tell(error.message, true))
  })
}
