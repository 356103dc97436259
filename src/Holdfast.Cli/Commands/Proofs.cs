using Holdfast.Restic;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Commands;

/// <summary>What the local state knows of drills of one repository's snapshots.</summary>
internal sealed class Proofs
{
    internal static Proofs Load(Repository repository) => new();

    internal bool IsProven(Id snapshot) => false;

    internal bool HasFailed(Id snapshot) => false;

    internal string? ProvenAt(Id snapshot) => null;

    internal string Word(Id snapshot) => IsProven(snapshot) ? "yes" : HasFailed(snapshot) ? "FAILED" : "no";
}
