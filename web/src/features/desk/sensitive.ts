// What is told in private first: in the group everybody would read along. A rule is a kind of matter, by category or by words
// of those who asked; the program's draft may say the same of a lead that no rule knows. In an emergency help comes first: only
// danger from close by keeps it out of the group.
import type { Lead } from '@/api/types';

export type Kind = 'danger' | 'poor' | 'ill' | 'debt' | 'complaint';

interface Rule {
  kind: Kind;
  codes: readonly string[];
  words: RegExp;
}
// danger: answered by phone or at the door, never in the group and never by a machine.
const RULES: readonly Rule[] = [
  {
    kind: 'danger',
    codes: [],
    words:
      /自杀|自尽|轻生|寻短见|不想活|活不下去|割腕|家暴|家庭暴力|(打|殴打)(老婆|媳妇|婆娘|娃儿?|孩子|小孩|老人)|(娃儿?|孩子|小孩)(一个人|独自|没人管)|(老人|婆婆|大爷|爷爷|奶奶).{0,8}(不应声|没反应|叫不答应|敲门(没人|不)|几天没(见|看到))/u,
  },
  { kind: 'poor', codes: ['relief'], words: /低保|特困|救助|困难补助|吃不起|没钱(吃饭|看病|交)/u },
  {
    kind: 'ill',
    codes: [],
    words: /癌|肿瘤|艾滋|乙肝|结核|抑郁|精神(病|分裂|障碍)|确诊|化疗|透析|流产|残疾/u,
  },
  { kind: 'debt', codes: [], words: /欠(钱|债|款|薪|工资|租)|(拖欠|讨要?)(工资|薪|房租)|催债|讨债|高利贷|网贷|借钱不还/u },
  { kind: 'complaint', codes: ['property_service', 'neighbor_dispute', 'owners_committee', 'illegal_building'], words: /投诉|举报|告他|态度(太|很|极)?(差|恶劣|不好)/u },
];

export function sensitive(lead: Pick<Lead, 'category' | 'urgency' | 'messages'>): Kind | undefined {
  const asked = lead.messages.filter((each) => each.in_lead && !each.recalled).map((each) => each.text).join('\n');
  return RULES.find((rule) => (lead.urgency !== 1 || rule.kind === 'danger') && (rule.codes.includes(lead.category) || rule.words.test(asked)))?.kind;
}
