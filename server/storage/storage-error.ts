/** The database cannot be opened. `message` is for whoever runs the app: what is wrong and how to mend it, no secret. */
export class StorageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageError'
  }
}
