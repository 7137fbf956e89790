/** Whether the keyboard is still in the container, or nowhere: one who went on elsewhere is not called back. */
export function mayTakeFocus(container: HTMLElement | null): boolean {
  const { activeElement, body } = document
  return container !== null && (activeElement === body || container.contains(activeElement))
}
