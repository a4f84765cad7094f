import type { ComponentChildren } from "preact";
import type { LabSettings } from "../work/messages";
import { AuditCard } from "./audit-card";
import { CertificateCard } from "./certificate-card";
import { LabSettingsCard } from "./lab-settings";
import { OutcomeCard } from "./outcome-card";
import type { Lab } from "./use-lab";

interface Props {
  readonly lab: Lab;
  readonly noun: string;
  /** One that is worth forgetting, for whoever does not know where to begin. */
  readonly advice?: string;
  readonly onSettings: (settings: LabSettings) => void;
  /** What the rows are shown on. */
  readonly children: ComponentChildren;
}

/** The row that was forgotten last, of those that the first model was trained on: what the audit makes anew. */
function onTrial({ requests, data }: Lab): number | null {
  const rows = requests.filter(({ isCorrection }) => !isCorrection).flatMap((request) => request.rows);
  return rows.findLast((row) => row < data.labels.length) ?? null;
}

/** What every kind of data has in common: rows, what became of them, the certificate, the audit. */
export function LabPage({ lab, noun, advice = "", onSettings, children }: Props) {
  const { requests, earlier } = lab;
  const count = earlier.length + requests.length;
  return (
    <div class="lab">
      <div class="lab-rows">{children}</div>
      <div class="lab-side">
        <OutcomeCard lab={lab} noun={noun} advice={advice} />
        <LabSettingsCard
          rowCount={lab.data.labels.length}
          noun={noun}
          settings={lab.settings}
          onChange={onSettings}
        />
      </div>
      {count > 0 && (
        <CertificateCard
          key={`${count} ${requests.length}`}
          requests={requests}
          earlier={earlier}
          noun={noun}
        />
      )}
      <AuditCard data={lab.data} settings={lab.settings} row={onTrial(lab)} noun={noun} />
    </div>
  );
}
