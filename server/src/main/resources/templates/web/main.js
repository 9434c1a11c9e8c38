// @ts-check

/**
 * The greeting as one sentence.
 *
 * @param {string} name
 * @returns {string}
 */
function greeting(name) {
  return `Hello, ${name}!`;
}

document.querySelector("#ask")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = document.querySelector("#name");
  const answer = document.querySelector("#answer");
  if (name instanceof HTMLInputElement && answer) {
    answer.textContent = greeting(name.value);
  }
});
