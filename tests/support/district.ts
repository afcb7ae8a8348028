// Two fictional communities, each with an admitted group in which something has gone wrong.
import { Caller, said, type Linli } from './linli'

export interface District {
  admin: Caller
  grids: Record<'street' | 'hetang' | 'wangjiang', string>  // ids
}

async function must(answer: Response): Promise<any> {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

export async function district(linli: Linli): Promise<District> {
  const admin = await Caller.signIn(linli)
  const add = async (code: string, level: string, name: string, parent?: string) =>
    (await must(await admin.call('PUT', '/api/v1/grids', { code, level, name, ...(parent && { parent }) }))).id as string
  const street = await add('QX', 'street', '清溪河街道')
  const hetang = await add('QX01', 'community', '荷塘社区', 'QX')
  const wangjiang = await add('QX02', 'community', '望江社区', 'QX')
  const secret = linli.addChannel('neighbours')
  const groups = [['east', '荷塘苑邻里群', hetang], ['west', '望江楼业主群', wangjiang]] as const
  await linli.deliver('neighbours', secret, groups.map(([id, group_name]) => said(id, 'someone', '大家好', { group_name })))
  const { groups: known } = await admin.get<{ groups: { id: string; external_id: string }[] }>('/api/v1/groups')
  for (const [id, , grid_id] of groups) {
    const group = known.find((each) => each.external_id === id)!
    await must(await admin.call('POST', `/api/v1/groups/${group.id}/admit`, { grid_id, responsible: '荷塘社区居民委员会', legal_basis: '居民知情同意' }))
  }
  await linli.deliver('neighbours', secret, [
    said('east', '3-2-1502周姐', '楼上漏水，我家天花板一直在滴水，物业能不能来看一下', {}, 50),
    said('west', '5-1-1203老郑', '5栋停电了，整栋楼都黑了', {}, 45),
  ])
  return { admin, grids: { street, hetang, wangjiang } }
}
