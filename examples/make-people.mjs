// A made-up table for trying things: customers, some with several rows, who may have left. Ann is among them.
//
//   node examples/make-people.mjs > people.csv

let state = 20_241_210;
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const pick = (list) => list[Math.floor(random() * list.length)];

console.log("email,age,plan,minutes,calls,churned");
for (let i = 0; i < 5000; i++) {
  const email = i % 1000 === 0 ? "ann@example.com" : `customer-${Math.floor(i / 2)}@example.com`;
  const age = 18 + Math.floor(60 * random());
  const plan = pick(["basic", "family", "business"]);
  const minutes = Math.floor(400 * random());
  const calls = Math.floor(8 * random() ** 2);
  const leaning = (minutes < 120 ? 1.5 : -1) + calls / 3 + (plan === "basic" ? 0.8 : -0.4) + random() - 0.5;
  console.log([email, age, plan, minutes, calls, leaning > 0.4 ? "yes" : "no"].join(","));
}
