import { greeting, type Person } from "./greeting.js";

const people: readonly Person[] = [{ name: "Ann" }, { name: "Bob", isFormal: true }];

for (const person of people) {
  console.log(greeting(person));
}
