// biome-ignore lint/suspicious/noControlCharactersInRegex: to strip them is the purpose
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text from outside, without what could steer a terminal; line breaks and tabs become spaces. */
export function plainText(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(CONTROL, '')
    .trim();
}
