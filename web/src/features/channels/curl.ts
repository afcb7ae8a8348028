// A message posted by hand, signed after Standard Webhooks: what an integrator copies to see the first one arrive.
export function curlExample(origin: string, channel: string, secret: string, text: string): string {
  return `secret='${secret}'
body='{"id":"1","group":"g1","group_name":"荷塘苑邻里群","ts":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'","sender":"u1","sender_name":"3-2-1502李姐","text":"${text}"}'
id="msg_$(date +%s%N)"; now=$(date +%s)
key=$(printf %s "\${secret#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
signature=$(printf %s "$id.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
curl -sS '${origin}/api/v1/channels/${channel}/messages' \\
  -H 'content-type: application/json' \\
  -H "webhook-id: $id" -H "webhook-timestamp: $now" -H "webhook-signature: v1,$signature" \\
  -d "$body"`;
}
