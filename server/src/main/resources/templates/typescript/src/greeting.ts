/** Somebody who is greeted. */
export interface Person {
  readonly name: string;
  readonly isFormal?: boolean;
}

/** The greeting as one sentence. */
export function greeting(person: Person): string {
  const word = person.isFormal ? "Good day" : "Hello";
  return `${word}, ${person.name}!`;
}
