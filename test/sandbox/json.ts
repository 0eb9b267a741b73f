/** What a service answered, asserted field by field: a type would assert it already, and wrongly. */
// biome-ignore lint/suspicious/noExplicitAny: a stranger reads answers by path; what is not there shows in the assertion
export type Json = any
