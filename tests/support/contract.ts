// docs/openapi.yaml as tests see it: its operations, and whether an answer is one that it names.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from '@playwright/test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { parse } from 'yaml'

/* eslint-disable @typescript-eslint/no-explicit-any */
export const contract: any = parse(readFileSync(path.resolve(import.meta.dirname, '../../docs/openapi.yaml'), 'utf8'))
export const ajv = new Ajv2020({ strict: false, allErrors: true })
;(formats as any)(ajv)
ajv.addSchema(contract, 'openapi')

const methods = ['get', 'post', 'put', 'patch', 'delete']
export const operations: { method: string; template: string; operation: any }[] = Object.entries<any>(contract.paths).flatMap(([template, item]) =>
  Object.entries<any>(item).filter(([m]) => methods.includes(m)).map(([method, operation]) => ({ method, template, operation })))

export const asksForSession = (operation: any): boolean => {
  const security: object[] = operation.security ?? contract.security
  return security.length > 0 && security.every((s) => 'session' in s || 'apiKey' in s)
}

// The answer must be one that the contract names for this operation, with its body's shape. Returns the body.
export async function conforms(method: string, answer: Response): Promise<any> {
  const { pathname } = new URL(answer.url)
  const match = operations.filter((o) => o.method === method.toLowerCase() && new RegExp(`^${o.template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(pathname))
    .sort((a, b) => (a.template.match(/\{/g)?.length ?? 0) - (b.template.match(/\{/g)?.length ?? 0))[0]!
  expect(match, `${method} ${pathname} stands in the contract`).toBeTruthy()
  const key = `openapi#/paths/${match.template.replaceAll('~', '~0').replaceAll('/', '~1')}/${match.method}/responses/${answer.status}`
  let response = match.operation.responses[String(answer.status)]
  expect(response, `${method} ${pathname} answers ${answer.status}, which the contract does not name`).toBeTruthy()
  let base = key
  if (response.$ref) {
    base = `openapi${response.$ref}`
    response = response.$ref.slice(2).split('/').reduce((o: any, k: string) => o[k], contract)
  }
  const type = answer.headers.get('content-type')?.split(';')[0]
  const text = await answer.text()
  if (!response.content) {
    expect(text).toBe('')
    return undefined
  }
  expect(Object.keys(response.content)).toContain(type)
  if (!type!.endsWith('json') || type === 'application/x-ndjson') return text
  const body = JSON.parse(text)
  const validate = ajv.getSchema(`${base}/content/${type!.replaceAll('/', '~1')}/schema`)!
  expect(validate(body), `${method} ${pathname}: ${ajv.errorsText(validate.errors)}\n${text.slice(0, 600)}`).toBe(true)
  return body
}
