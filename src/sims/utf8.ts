/**
 * How much of `bytes` can be read as UTF-8 without cutting a character in two: all but an unfinished sequence at the
 * end (RFC 3629). Bytes that are no UTF-8 at all count as whole.
 */
export function wholeUtf8Length(bytes: Uint8Array): number {
  const end = bytes.length
  for (let back = 1; back <= Math.min(3, end); back++) {
    const byte = bytes[end - back] as number
    if (byte < 0x80) return end
    if (byte >= 0xc0) return sequenceLength(byte) > back ? end - back : end
  }
  return end
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4
  return lead >= 0xe0 ? 3 : 2
}
