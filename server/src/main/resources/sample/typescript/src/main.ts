// Prints the area of some shapes.

import { Circle, Rectangle, type Shape } from "./shapes.js";

function describe(shape: Shape): string {
  return `${shape.name}: ${shape.area().toFixed(2)}`;
}

const circle = new Circle(2);
const rectangle = new Rectangle(3, 4);

for (const shape of [circle, rectangle]) {
  console.log(describe(shape));
}

// A mistake on purpose: a text is not a number.
export const wrong: number = describe(circle);
