// Checks Kusto queries with Microsoft's own parser against the columns that Application Insights has.
// usage: node kusto.cjs FILE.kql ...; one line for each mistake, exit status 1 if there is any.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");

const installed = createRequire(path.join(__dirname, "../../local/package.json"));
const parser = path.dirname(installed.resolve("@kusto/language-service-next/package.json"));
installed(path.join(parser, "bridge.min.js"));
installed(path.join(parser, "Kusto.Language.Bridge.min.js"));
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;

// https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces and apprequests, in their classic names
const common = "timestamp: datetime, itemCount: int, operation_Name: string, operation_Id: string, customDimensions: dynamic";
const tables = {
  traces: `(${common}, message: string, severityLevel: int)`,
  requests: `(${common}, name: string, resultCode: string, success: bool, duration: real)`,
};

const symbols = Object.entries(tables).map(([name, columns]) => new Symbols.TableSymbol.$ctor7(name, columns, null));
const database = new Symbols.DatabaseSymbol.$ctor2("insights", null, symbols);
const globals = GlobalState.Default.WithDatabase(database);

let mistakes = 0;
for (const file of process.argv.slice(2)) {
  const query = readFileSync(file, "utf8");
  const found = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  for (let index = 0; index < found.Count; index += 1) {
    const one = found.getItem(index);
    const line = query.slice(0, one.Start).split("\n").length;
    console.log(`${path.basename(file)}:${line}: ${one.Message}`);
    mistakes += 1;
  }
}
process.exitCode = mistakes ? 1 : 0;
