import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Integration } from '../../db/integrations.ts'
import type { SecretBox } from '../secrets/box.ts'
import type { ProviderTokens } from './provider.ts'

/** The columns of an integration that hold its tokens. */
type TokenColumns = Pick<Integration, 'access_token' | 'refresh_token' | 'token_expires_at'>
type Owner = Pick<Integration, 'user_id' | 'provider'>

/** What the tokens of an integration are encrypted for. */
export const boundToIntegration = ({ user_id, provider }: Owner) => `${user_id}:${provider}`

/** Tokens as they stand in the database: encrypted, good for this user and provider alone. */
export function sealTokens(box: SecretBox, owner: Owner, tokens: ProviderTokens): TokenColumns {
  const seal = (token: string) => box.seal(token, boundToIntegration(owner))
  return {
    access_token: seal(tokens.accessToken),
    refresh_token: tokens.refreshToken === null ? null : seal(tokens.refreshToken),
    token_expires_at: tokens.expiresAt,
  }
}

/** @throws when they were sealed with a key that is not listed any more. */
export function openTokens(box: SecretBox, row: Owner & TokenColumns): ProviderTokens {
  const open = (sealed: string) => box.open(sealed, boundToIntegration(row))
  return {
    accessToken: open(row.access_token),
    refreshToken: row.refresh_token === null ? null : open(row.refresh_token),
    expiresAt: row.token_expires_at,
  }
}

/** Whether the tokens were sealed with the key that seals now; else they should be sealed anew. */
export const isSealedNow = (box: SecretBox, row: TokenColumns): boolean =>
  box.isCurrent(row.access_token) && box.isCurrent(row.refresh_token ?? row.access_token)

const RevocationSecret = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.Union([Type.String(), Type.Null()]),
  expiresAt: Type.Union([Type.Number(), Type.Null()]),
})

/** What a revocation must remember of the tokens. */
export const writeRevocationSecret = (tokens: ProviderTokens): string => JSON.stringify(tokens)

export const readRevocationSecret = (text: string): Static<typeof RevocationSecret> =>
  Value.Parse(RevocationSecret, JSON.parse(text))
