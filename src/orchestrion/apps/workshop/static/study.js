// The study as the page knows it: names, KPIs, criteria; its results once they may be seen.
import { said, t } from "./words.js";

export class Study {
  constructor(told) {
    Object.assign(this, told);
    this.byLabel = new Map(told.alternatives.map((one, index) => [one.label, { ...one, index }]));
    this.departmentsByKey = new Map(told.departments.map((one) => [one.key, one]));
    this.criteriaByKey = new Map(told.criteria.map((one) => [one.key, one]));
    this.limitsByKey = new Map(told.limits.map((one) => [one.key, one]));
  }

  // an alternative of the study, or a trial of the room's, which goes by the name it was given
  alternative(label) {
    return this.byLabel.get(label) ?? { label, name: label, colour: "var(--muted)", path: TRIAL, differs: [], policy: "", trial: true };
  }
  name(label) {
    return this.alternative(label).name;
  }
  department(key) {
    return said(this.departmentsByKey.get(key)?.label);
  }
  kpi(key) {
    return this.kpis[key];
  }
  criterion(key) {
    return key === "contribution" ? t("one_euro_of_contribution") : said(this.criteriaByKey.get(key)?.per);
  }
  criteriaOf(department) {
    return this.criteria.filter((one) => one.department === department);
  }
  limit(key) {
    return this.limitsByKey.get(key);
  }
  result(key, label) {
    return this.results?.kpis[key]?.[label] ?? { mean: null, low: null, high: null, n: 0 };
  }
  // what is guessed at first: the first way that is not today's
  get focus() {
    return (this.alternatives.find((one) => one.label !== this.baseline) ?? this.alternatives[0]).label;
  }

  // as scoring.js wants them
  get weighables() {
    const { contribution, amounts } = this.results;
    return this.alternatives.map((one, index) => ({
      index,
      label: one.label,
      name: one.name,
      contribution: contribution[one.label],
      amounts: amounts[one.label],
    }));
  }
  // smallest and largest mean amount of a criterion (or of the contribution) among the alternatives
  range(key) {
    const means = this.weighables.map((one) => scoring.mean(key === "contribution" ? one.contribution : one.amounts[key]));
    return { least: Math.min(...means), most: Math.max(...means) };
  }
}

const TRIAL = "M-5,-5H5V5H-5ZM-2.6,-2.6V2.6H2.6V-2.6Z"; // a frame: something the room made

export const fetchStudy = async (token) => {
  const answer = await fetch("/study.json", { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return new Study(await answer.json());
};
