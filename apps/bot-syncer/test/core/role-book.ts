import t from 'tap'
import { MAX_ROLES_REMEMBERED, RoleBook } from '../../src/core/role-book.js'

const ids = (count: number, from = 1) => Array.from({ length: count }, (_, at) => BigInt(from + at))

t.test('remembers as many roles as it may, and stops the run at one more', async (t) => {
  const book = new RoleBook()
  book.learn(ids(MAX_ROLES_REMEMBERED))
  book.learn(ids(1))
  t.equal(book.known.size, MAX_ROLES_REMEMBERED)
  t.throws(() => book.learn([99_999n]), /more than 1000 roles/)
})

t.test('remembers a bounded number of ids that belong to no role', async (t) => {
  const book = new RoleBook()
  book.giveUp(ids(MAX_ROLES_REMEMBERED + 5))
  t.equal(book.gone, MAX_ROLES_REMEMBERED)
  const oneMore = BigInt(MAX_ROLES_REMEMBERED + 1)
  t.strictSame([...book.unknownOf([{ roles: [1n, oneMore] }])], [oneMore])
})
