/** Makes a unit test that opens a socket fail: such a test belongs into `*.e2e.test.ts`. */
import net from 'node:net'

function refuse(): never {
  throw new Error('A unit test must not open a socket; name the file *.e2e.test.ts.')
}

net.Socket.prototype.connect = refuse
net.Server.prototype.listen = refuse
