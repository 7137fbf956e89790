import { port } from './server-claim.ts'

const baseSettings = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  shared_buffers: '32MB',
  max_connections: '30',
  max_wal_size: '128MB',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  // What it would log of a failed statement or row may hold what people wrote.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
}

export type ServerSettings = {
  /** The data folder's real path. */
  folder: string
  /** The name under which the server itself reaches it. */
  folderName: string
  socketPath: string
  /** PostgreSQL's own settings on top of ours. */
  extra: Record<string, string>
}

/** The server's command line. */
export function serverArguments({ folder, folderName, socketPath, extra }: ServerSettings): string[] {
  const settings = {
    ...baseSettings,
    unix_socket_directories: `"${socketPath.replaceAll('"', '""')}"`,
    // Tells this server from others in the list of processes, however it names its folder.
    'wrapup.folder': folder,
    ...extra,
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', folderName, '-p', String(port), ...options]
}
