import { Price, total } from './prices';

const lamp: Price = { amount: 40, currency: 'EUR' };
export const sum = total([lamp]);
export const half = lamp.amuont / 2;
export const   untidy=1;
