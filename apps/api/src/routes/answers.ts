import { ErrorBody } from '@rollcall/contract'

/** What any native route may answer besides its success. */
export const FAULTS = {
  400: ErrorBody,
  401: ErrorBody,
  403: ErrorBody,
  404: ErrorBody,
  429: ErrorBody,
  503: ErrorBody,
}
