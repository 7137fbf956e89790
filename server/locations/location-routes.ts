import { Router } from 'express'
import { sessionOf } from '../session/authenticate.ts'
import type { LocationService } from './location-service.ts'

export function createLocationRoutes({ locationService }: { locationService: LocationService }): Router {
  const router = Router()

  router.get('/tags', async (_request, response) => {
    response.json(await locationService.listTags(sessionOf(response)))
  })

  router.get('/users', async (_request, response) => {
    response.json(await locationService.listUsers(sessionOf(response)))
  })

  router.get('/phone-numbers', async (_request, response) => {
    response.json(await locationService.listPhoneNumbers(sessionOf(response)))
  })

  return router
}
