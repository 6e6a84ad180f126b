// Scoring: what `orchestrion.kpis.weighing` works out, from the same amounts; tests hold the two together to nine digits.
// The report and the workshop both load this file. Nothing here touches the page.
const scoring = (() => {
  const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

  // the score of each replication of one alternative [euros]: its contribution less price x amount of each criterion
  const scores = (one, prices) =>
    one.contribution.map((euro, r) =>
      Object.entries(one.amounts).reduce((sum, [key, amounts]) => sum - (prices[key] ?? 0) * amounts[r], euro),
    );

  // the mean paired difference, the half-width of its interval (told.t) and of the one that shares 5 % out (told.sure)
  const paired = (here, there, told) => {
    const changes = here.map((one, r) => one - there[r]);
    const middle = mean(changes);
    if (told.t === null) return { mean: middle, half: NaN, safe: NaN };
    const spread = changes.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (changes.length - 1);
    const error = Math.sqrt(spread / changes.length);
    return { mean: middle, half: told.t * error, safe: told.sure * error };
  };
  const sure = (found) => Number.isFinite(found.safe) && Math.abs(found.mean) > found.safe;

  // alternatives with their scores, the highest mean first; equal ones in the study's order
  const ranking = (alternatives, prices) =>
    alternatives
      .map((one) => {
        const own = scores(one, prices);
        return { one, scores: own, mean: mean(own) };
      })
      .sort((a, b) => b.mean - a.mean || a.one.index - b.one.index);

  return { mean, scores, paired, sure, ranking };
})();
