/** The part of the server's logger that src/ uses: fields first, then a fixed sentence. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
