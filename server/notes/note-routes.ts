import { Router } from 'express'
import { type NoteAnswer, noteInputSchema, type NoteListAnswer } from '../../shared/note-contract.ts'
import { idParam } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { NoteService } from './note-service.ts'

export function createNoteRoutes({ noteService }: { noteService: NoteService }): Router {
  const router = Router()

  router.get('/:contactId/notes', async (request, response) => {
    const notes = await noteService.list(sessionOf(response), idParam(request, 'contactId'))
    response.json({ notes } satisfies NoteListAnswer)
  })

  router.post('/:contactId/notes', async (request, response) => {
    const input = noteInputSchema.parse(request.body)
    const note = await noteService.create(sessionOf(response), idParam(request, 'contactId'), input)
    response.status(201).json({ note } satisfies NoteAnswer)
  })

  router.put('/:contactId/notes/:noteId', async (request, response) => {
    const input = noteInputSchema.parse(request.body)
    const [contactId, noteId] = [idParam(request, 'contactId'), idParam(request, 'noteId')]
    const note = await noteService.update(sessionOf(response), contactId, noteId, input)
    response.json({ note } satisfies NoteAnswer)
  })

  router.delete('/:contactId/notes/:noteId', async (request, response) => {
    await noteService.remove(sessionOf(response), idParam(request, 'contactId'), idParam(request, 'noteId'))
    response.status(204).end()
  })

  return router
}
