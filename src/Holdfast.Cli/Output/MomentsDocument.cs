using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Output;

/// <summary>Between which moments the parts of a snapshot were read.</summary>
internal sealed record MomentsDocument(string First, string Last, double SecondsApart, bool Quiesced)
{
    internal static MomentsDocument? Of(SnapshotMoments? moments) => moments is null
        ? null
        : new MomentsDocument(TimeOf(moments.First), TimeOf(moments.Last), Math.Round((moments.Last - moments.First).TotalSeconds, 3), moments.Quiesced);

    /// <summary>As a line for people: how far apart the parts are.</summary>
    internal static string Words(SnapshotMoments moments)
    {
        var apart = HumanFormat.Duration(moments.Last - moments.First);
        return moments.Quiesced ? $"parts are of one moment: writes were paused for the {apart} of reading them" : $"parts are {apart} apart";
    }

    private static string TimeOf(DateTimeOffset time) => Timestamp.FromDateTimeOffset(time.ToUniversalTime()).ToString();
}
