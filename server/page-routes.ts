import { join } from 'node:path'
import compression from 'compression'
import express, { Router } from 'express'
import { AppError } from './errors.ts'

/** The built page: hashed assets for ever, the page itself never from a cache. */
export function createPageRoutes({ clientDir }: { clientDir: string }): Router {
  const router = Router()
  router.use(compression())
  router.use(
    '/assets',
    express.static(join(clientDir, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  )
  router.use('/assets', (_request, _response, next) =>
    next(new AppError('not_found', 'There is nothing at this address.')),
  )
  router.use(express.static(clientDir, { index: false, maxAge: '1h' }))
  router.get('/{*path}', (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-cache')
    response.sendFile(join(clientDir, 'index.html'), { cacheControl: false }, (error) => {
      if (error) next(new AppError('not_found', 'The page is not built.', { cause: error }))
    })
  })
  return router
}
