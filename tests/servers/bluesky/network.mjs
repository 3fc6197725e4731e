// Bluesky's own server (PDS), its AppView and a directory of accounts, on the ports named in the environment.
// Prints READY and the addresses as JSON; ends with SIGTERM. MODE=pds leaves out the AppView, which needs PostgreSQL.
import { TestNetwork, TestNetworkNoAppView } from '@atproto/dev-env'

const port = (name) => Number(process.env[name])
const pds = {
  port: port('PDS_PORT'),
  hostname: 'localhost',
  enableDidDocWithSession: true,
  rateLimitsEnabled: process.env.RATE_LIMITS === '1',
}
const plc = { port: port('PLC_PORT') }
const network =
  process.env.MODE === 'pds'
    ? await TestNetworkNoAppView.create({ plc, pds })
    : await TestNetwork.create({
        dbPostgresUrl: process.env.DB_POSTGRES_URL,
        dbPostgresSchema: 'bsky',
        plc,
        pds,
        bsky: { port: port('APPVIEW_PORT'), publicUrl: `http://localhost:${port('APPVIEW_PORT')}` },
        ozone: { port: port('OZONE_PORT') },
        introspect: { port: port('INTROSPECT_PORT') },
      })

console.log('READY ' + JSON.stringify({ pds: network.pds.url, plc: network.plc.url, appview: network.bsky?.url ?? null }))

const stop = async () => {
  try {
    await network.close()
  } finally {
    process.exit(0)
  }
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
