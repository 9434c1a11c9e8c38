// Shapes that know their area.

export interface Shape {
  readonly name: string;
  area(): number;
}

export class Circle implements Shape {
  readonly name = "circle";

  constructor(readonly radius: number) {}

  /** The area: pi times the square of the radius. */
  area(): number {
    return Math.PI * this.radius ** 2;
  }
}

export class Rectangle implements Shape {
  readonly name = "rectangle";

  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  /** The area: width times height. */
  area(): number {
    return this.width * this.height;
  }
}
