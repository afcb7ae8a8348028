// A picture for each category; one of its domain stands in for codes that came later than this list.
import {
  Ambulance, ArrowUpDown, Baby, BookOpen, Bug, Building2, Cable, Car, CircleHelp, CloudFog, Construction,
  DoorOpen, Droplets, Dumbbell, FileText, Flame, FlameKindling, HandCoins, HandHeart, Hammer, HeartPulse, House,
  IdCard, Info, Lamp, Lightbulb, MessageSquareHeart, PackageX, PawPrint, PlugZap, Search, ShieldAlert,
  Siren, Sprout, ThumbsUp, TrafficCone, Trash2, TriangleAlert, Umbrella, Users, Utensils, Volume2, Waves, Wifi, Wind,
  Briefcase, Wrench, Zap, BatteryCharging, Droplet, Fuel,
} from '@lucide/vue';
import type { Component } from 'vue';

const byCode: Record<string, Component> = {
  water_leak: Droplets, water_outage: Droplet, power_outage: Zap, gas: Fuel, network: Wifi,
  elevator: ArrowUpDown, drainage: Waves, road: Construction, lighting: Lamp, access_control: DoorOpen,
  building: Building2, public_facility: Dumbbell,
  garbage: Trash2, odor: CloudFog, pest: Bug, greening: Sprout, dust: Wind,
  noise_construction: Hammer, noise_life: Volume2,
  parking: Car, ev_charging: BatteryCharging, traffic: TrafficCone,
  fire: Flame, fire_hazard: FlameKindling, falling_object: TriangleAlert, medical_emergency: Ambulance,
  missing_person: Search, crime: ShieldAlert,
  property_service: Wrench, neighbor_dispute: Users, pets: PawPrint, illegal_building: House,
  owners_committee: HandCoins,
  social_security: Umbrella, certificate: IdCard, housing: House, education: BookOpen, elderly_care: Utensils,
  relief: HandHeart, health: HeartPulse, employment: Briefcase, community_info: Info, lost_found: PackageX,
  childcare: Baby, suggestion: Lightbulb, praise: ThumbsUp,
};
const byDomain: Record<string, Component> = {
  utility: PlugZap, facility: Cable, environment: Trash2, noise: Volume2, traffic: Car, safety: Siren,
  neighborhood: Users, service: FileText, voice: MessageSquareHeart,
};

export function iconOf(code: string, domain?: string): Component {
  return byCode[code] ?? (domain ? byDomain[domain] : undefined) ?? CircleHelp;
}
