import type { Request, Response } from 'express'
import type { ShellView } from './shell-view.ts'

type Remembered = 'user' | 'location' | 'guide'

/** Whoever comes back from an install, or reaches the consent page through the app, is who they were in the shell. */
export function rememberView(response: Response, { user, location, guide }: ShellView): void {
  const remembered: Record<Remembered, string> = {
    user: user.id,
    location: location.id,
    guide: guide ? '1' : '0',
  }
  for (const [name, value] of Object.entries(remembered)) {
    response.cookie(`shell_${name}`, value, { sameSite: 'lax', httpOnly: true })
  }
}

export function shellCookie(request: Request, name: Remembered): string | undefined {
  const start = `shell_${name}=`
  const pair = request.headers.cookie?.split('; ').find((text) => text.startsWith(start))
  return pair === undefined ? undefined : decodeURIComponent(pair.slice(start.length))
}
