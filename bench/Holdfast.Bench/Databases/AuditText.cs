namespace Holdfast.Bench.Databases;

/// <summary>Lines of an audit trail: sentences in which names, addresses and numbers differ.</summary>
internal sealed class AuditText(Dice dice)
{
    private static readonly string[] Actors =
        ["a.lindqvist", "b.moreau", "c.ferrari", "d.novak", "e.schmidt", "f.oconnor", "g.papadaki", "scheduler", "importer", "api:inventory", "api:billing"];

    private static readonly string[] Actions = ["login", "device.update", "scan.start", "report.export", "policy.change", "user.update"];

    private static readonly string[] Reasons =
        ["quarterly review", "maintenance window", "ticket from the service desk", "replacement of failed hardware", "audit follow-up", "automatic policy"];

    public (string Actor, string Action, string Message) Next(string device, string address, long at)
    {
        var actor = dice.Pick<string>(Actors);
        var action = dice.Pick<string>(Actions);
        var from = $"10.{dice.Below(16)}.{dice.Below(8)}.{dice.Between(1, 250)}";
        var message = action switch
        {
            "login" => $"user {actor} signed in from {from} with a hardware key, session valid for {dice.Between(20, 480)} minutes",
            "device.update" => $"{actor} changed the address of {device} from {from} to {address}; reason: {dice.Pick<string>(Reasons)} #{dice.Between(10_000, 99_999)}",
            "scan.start" => $"scan of {device} ({address}) requested by {actor} from {from}, profile full, {dice.Between(50, 65_000)} ports, expected end {at + dice.Below(9000)}",
            "report.export" => $"{actor} exported the report {new Guid(dice.Hex(32))} with {dice.Between(10, 20_000)} rows for {dice.Pick<string>(AppSchema.Sites)} as CSV",
            "policy.change" => $"policy {dice.Between(1, 400)} changed by {actor} from {from}: threshold {dice.Below(100)} to {dice.Below(100)}, applied to {dice.Between(1, 900)} devices",
            _ => $"{actor} updated the role of {dice.Pick<string>(Actors)}; approved by {dice.Pick<string>(Actors)}; {dice.Pick<string>(Reasons)} #{dice.Between(10_000, 99_999)}",
        };
        return (actor, action, $"{message}; request {dice.Hex(12)}; duration {dice.Between(1, 2000)} ms");
    }
}
