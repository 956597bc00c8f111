import type { Services, ServicesOptions } from "../services/services.ts";

/** The services of a watch, opened by the first run that has some. */
export class LazyServices {
  readonly #options: ServicesOptions;
  #opened: Services | undefined;

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  async open(): Promise<Services> {
    const { Services } = await import("../services/services.ts");
    this.#opened ??= new Services(this.#options);
    return this.#opened;
  }

  get opened(): Services | undefined {
    return this.#opened;
  }

  async close(): Promise<void> {
    await this.#opened?.close();
  }
}
