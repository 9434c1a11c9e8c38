export interface Price {
  amount: number;
  currency: string;
}

/** Adds the amounts. */
export function total(prices: Price[]): number {
  return prices.reduce((sum, price) => sum + price.amount, 0);
}
