import { ApiError } from '../../errors.js'

/** 400 whose body is what is wrong, field by field or item by item. */
export class InvalidDataError extends ApiError {
  override readonly name = 'InvalidDataError'

  constructor(readonly body: object) {
    super(400, 'validation_failed', 'The request has faults.')
  }
}

/** What is wrong with the body as a whole. */
export const invalidBody = (message: string) => new InvalidDataError({ non_field_errors: [message] })
