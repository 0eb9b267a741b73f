import { join } from 'node:path'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DocumentParams, DocumentSchema, DocumentsSchema } from '../schemas/admin.ts'
import { readDocuments } from '../src/admin/documents.ts'
import { Problem } from '../src/errors.ts'

const FOLDER = join(import.meta.dirname, '..', 'docs')

/** The documents for the team that runs oo, as they are in `docs/`. */
export const adminDocsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const documents = await readDocuments(FOLDER)
  const items = Array.from(documents.values(), ({ slug, title }) => ({ slug, title }))

  app.get(
    '/admin/docs',
    {
      schema: {
        operationId: 'listDocuments',
        tags: ['admin'],
        summary: 'The documents of this version',
        response: { 200: DocumentsSchema },
      },
    },
    async () => ({ items }),
  )

  app.get(
    '/admin/docs/:slug',
    {
      schema: {
        operationId: 'getDocument',
        tags: ['admin'],
        summary: 'One document, as Markdown',
        params: DocumentParams,
        response: { 200: DocumentSchema },
        problems: [404],
      },
    },
    async ({ params }) => {
      const document = documents.get(params.slug)
      if (!document) throw new Problem('not_found')
      return document
    },
  )
}
