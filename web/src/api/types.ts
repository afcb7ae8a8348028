// The contract's types under the glossary's words.
import type { components } from './schema';

type Schemas = components['schemas'];
export type Channel = Schemas['Channel'];
export type Demo = Schemas['Demo'];
export type Colleague = Schemas['Colleague'];
// The schema's two lists of roles are one list whose entries have all members.
export type ColleagueDetails = Omit<Schemas['ColleagueDetails'], 'roles'> & { roles: (Schemas['ColleagueDetails']['roles'][number])[] };
export type DismissReason = Schemas['DismissReason'];
export type Group = Schemas['Group'];
export type Admission = Schemas['Admission'];
export type Grid = Schemas['Grid'];
export type GridInput = Schemas['GridInput'];
export type GridLevel = Schemas['GridLevel'];
export type GridName = Schemas['GridName'];
export type GridPlan = Schemas['GridPlan'];
export type GridSummary = Schemas['GridSummary'];
export type HeldRole = Schemas['HeldRole'];
export type HistoryEntry = Schemas['HistoryEntry'];
export type Lead = Schemas['Lead'];
export type LeadEvent = Schemas['LeadEvent'];
export type LeadMessage = Schemas['LeadMessage'];
export type LeadPage = Schemas['LeadPage'];
export type LeadSummary = Schemas['LeadSummary'];
export type Overview = Schemas['Overview'];
export type Problem = Schemas['Problem'];
export type Promise15 = Schemas['Promise'];
export type Reason = Schemas['Reason'];
export type SecondFactorAsked = Schemas['SecondFactorAsked'];
export type Session = Schemas['Session'];
export type StaffRole = Schemas['StaffRole'];
export type Taxonomy = Schemas['Taxonomy'];
