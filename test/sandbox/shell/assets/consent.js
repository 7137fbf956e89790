// Another user has other sub-accounts to choose from: the page is asked for again in their name.
document.querySelector('#signed-in')?.addEventListener('change', (event) => {
  const address = new URL(location.href)
  address.searchParams.set('user_id', event.target.value)
  location.replace(address)
})

// The demo goes on by itself; whoever touches anything chooses in their own time.
const countdown = document.querySelector('[data-installs-in]')
const install = document.querySelector('button[value="install"]')

if (countdown && install) {
  let seconds = Number(countdown.dataset.installsIn)
  const timer = setInterval(() => {
    seconds -= 1
    if (seconds > 0) return tell()
    stop()
    install.form.requestSubmit(install)
  }, 1000)
  const tell = () => {
    countdown.textContent = `The demo installs it in ${seconds} s. Press any key or click to choose yourself.`
  }
  const stop = () => {
    clearInterval(timer)
    countdown.remove()
  }
  for (const event of ['keydown', 'pointerdown']) addEventListener(event, stop, { once: true })
  tell()
}
