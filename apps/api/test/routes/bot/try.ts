import t from 'tap'
import { build } from '../../fixtures/build.js'

t.test('x', async (t) => {
  const { app, key } = await build(t)
  const r = await app.inject({ url: '/guilds', headers: { authorization: `Token ${key}` } })
  t.equal(r.statusCode, 200)
  console.log(r.body)
})
