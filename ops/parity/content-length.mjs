/**
 * Reads messages of the Language Server Protocol from a stream of bytes: headers, an empty line, `Content-Length` bytes of UTF-8.
 * Linear in the bytes: the pieces of a large message are joined once, when all of it is there.
 */
export class ContentLengthReader {
  #receive;
  #chunks = [];
  #have = 0;
  #need = null;

  /** @param receive called with the text of each message */
  constructor(receive) {
    this.#receive = receive;
  }

  push(bytes) {
    this.#chunks.push(bytes);
    this.#have += bytes.length;
    while (this.#takeMessage());
  }

  #takeMessage() {
    if (this.#need === null) {
      const bytes = this.#join();
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return false;
      this.#need = Number(/Content-Length: (\d+)/i.exec(bytes.toString('latin1', 0, end))[1]);
      this.#keep(bytes.subarray(end + 4));
    }
    if (this.#have < this.#need) return false;
    const bytes = this.#join();
    const text = bytes.toString('utf8', 0, this.#need);
    this.#keep(bytes.subarray(this.#need));
    this.#need = null;
    this.#receive(text);
    return this.#have > 0;
  }

  #join() {
    if (this.#chunks.length !== 1) this.#keep(Buffer.concat(this.#chunks));
    return this.#chunks[0];
  }

  #keep(bytes) {
    this.#chunks = [bytes];
    this.#have = bytes.length;
  }
}
