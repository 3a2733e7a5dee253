/** What a credential plugin or a proxy may have put into a message must end in no log. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 ***')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***')
    .replace(/\bx(?:ox[a-z]|app)-[\w-]+/g, '***')
    .replace(/((?:token|password|secret)["']?\s*[=:]\s*["']?)[^\s"',}]+/gi, '$1***')
    .replace(/(\w+:\/\/[^\s:/@]+:)[^\s@/]+@/g, '$1***@');
}
