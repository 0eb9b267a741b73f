import { type Static, Type } from '@sinclair/typebox'
import { Page, Time } from './common.ts'
import { Nullable, ref } from './ref.ts'

export const UserSchema = Type.Object(
  {
    id: Type.String(),
    email: Nullable(Type.String()),
    name: Nullable(Type.String()),
    picture: Nullable(Type.String()),
    role: Type.String({ enum: ['user', 'admin'] }),
  },
  { $id: 'User', title: 'User' },
)

export const LoginBody = Type.Object(
  {
    returnTo: Type.Optional(
      Type.String({
        maxLength: 2_000,
        description: 'Where the web app goes on afterwards: a path that starts with one /',
        examples: ['/tips'],
      }),
    ),
  },
  { additionalProperties: false },
)

/** What an OAuth provider sends back. Other parameters (`scope`, `iss`, `authuser`, …) are the provider's own affair. */
export const CallbackQuery = Type.Object({
  state: Type.Optional(Type.String({ maxLength: 500 })),
  code: Type.Optional(Type.String({ maxLength: 4_000 })),
  error: Type.Optional(Type.String({ maxLength: 200 })),
})

export const TokenBody = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 1_000 }) },
  { additionalProperties: false },
)

export const SignedInSchema = Type.Object({ user: ref(UserSchema) })
export const MaybeSignedInSchema = Type.Object(
  { user: Type.Optional(ref(UserSchema)) },
  { description: 'Empty when nobody is signed in' },
)

export const SessionSchema = Type.Object(
  {
    id: Type.String(),
    kind: Type.String({ enum: ['oidc', 'token'] }),
    createdAt: Time(),
    lastSeenAt: Time(),
    expiresAt: Time(),
    userAgent: Type.String(),
    current: Type.Boolean({ description: 'The session of this very request' }),
  },
  { $id: 'Session', title: 'Session' },
)
export type SessionBody = Static<typeof SessionSchema>

export const SessionsSchema = Page(ref(SessionSchema))
