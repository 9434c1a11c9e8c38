import { greet } from "./greeting";

const message: string = greet("Ann");
const number: number = message;
message.toUp;
