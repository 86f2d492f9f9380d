/** Whether a host as a setting or a URL writes it is this machine: "127.0.0.1", "localhost", "[::1]". */
export function isLoopback(host: string): boolean {
  return ['127.0.0.1', '::1', '[::1]', 'localhost'].includes(host)
}
