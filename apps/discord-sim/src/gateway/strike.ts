import { GatewayOpcodes } from 'discord-api-types/v10'
import type { GatewayFault } from './fault.js'
import type { Line } from './line.js'

/** Does to a connection what the fault says; false when the fault is of another kind. */
export function strike(line: Line, fault: GatewayFault): boolean {
  switch (fault.fault) {
    case 'tcp_drop':
      line.drop('fault')
      return true
    case 'reconnect':
      line.send({ op: GatewayOpcodes.Reconnect, d: null })
      return true
    case 'invalid_session':
      line.invalidate(fault.resumable)
      return true
    case 'close':
      line.close(fault.code)
      return true
    case 'request_heartbeat':
      line.send({ op: GatewayOpcodes.Heartbeat, d: null })
      return true
    case 'silence':
      line.hush()
      return true
    default:
      return false
  }
}

/** Whether a client that was struck like this is still to be answered. */
export const leavesUsable = (fault: GatewayFault): boolean =>
  fault.fault === 'request_heartbeat' || fault.fault === 'reconnect'
