using System.Globalization;
using Xunit;

namespace Holdfast.Tests.Engine.Faults;

/// <summary>Which faults are tried: a few that never change, or as many as HOLDFAST_FAULT_SEEDS says; FIRST-LAST tries those alone.</summary>
internal static class FaultSeeds
{
    public static TheoryData<int> Take(int sample)
    {
        var text = Environment.GetEnvironmentVariable("HOLDFAST_FAULT_SEEDS");
        if (string.IsNullOrEmpty(text)) return [.. Enumerable.Range(1, sample)];
        var bounds = text.Split('-').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return bounds is [var count] ? [.. Enumerable.Range(1, count)] : [.. Enumerable.Range(bounds[0], bounds[1] - bounds[0] + 1)];
    }
}
