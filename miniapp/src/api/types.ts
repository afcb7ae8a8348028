// The shapes that the program answers with, as docs/openapi.yaml has them; the console keeps the generated file.
import type { components } from '../../../web/src/api/schema';

type Schemas = components['schemas'];
export type Office = Schemas['PublicOffice'];
export type Case = Schemas['PublicCase'];
export type Report = Schemas['PublicReport'];
export type Known = Schemas['PublicSimilar']['known'][number];
export type Token = Schemas['PublicToken'];
export type Picture = Schemas['PublicPicture'];
export type ReportInput = Schemas['PublicReportInput'];
export type Task = Schemas['PublicTask'];
export type TaskAction = Schemas['PublicTaskStep']['action'];
