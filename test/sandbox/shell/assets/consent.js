// Another user has other sub-accounts to choose from: the page is asked for again in their name.
document.querySelector('#signed-in')?.addEventListener('change', (event) => {
  const address = new URL(location.href)
  address.searchParams.set('user_id', event.target.value)
  location.replace(address)
})
