/** The workbench's record of accepted suggestions, which this page does not keep. */
export class NoEditTelemetry {
  readonly _serviceBrand: undefined;

  createSuggestionId(): string {
    return '';
  }

  handleCodeAccepted(): void {}

  handleCodeRejected(): void {}
}
