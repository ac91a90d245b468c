# Draws decoder-panels.svg from decoder-panels.csv; gnuplot -e "format='png'" decoder-panels.gnuplot draws decoder-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 820,605 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 328,242 font 'DejaVu Sans,10' background 'white'
}
set output 'decoder-panels.' . format
set datafile separator comma
set multiplot
set label 1 'Decoder; window -1024 to 1500 HU' at screen 0.5,0.9504132231404959 center font ',11'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.03048780487804878
set rmargin at screen 0.4878048780487805
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'original' font ',9' offset 0,-0.7
set cbrange [-1024.0:1500.0]
set colorbox horizontal user origin screen 0.09146341463414634,0.09917355371900827 size screen 0.8170731707317073,0.024793388429752067
set cbtics ('-1024 HU' -1024.0, '238 HU' 238.0, '1500 HU' 1500.0) scale 0.3 offset 0,0.7 font ',8'
plot 'decoder-panels.csv' index 0 matrix with image
unset label 1
set lmargin at screen 0.5121951219512195
set rmargin at screen 0.9695121951219512
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'decoded' font ',9' offset 0,-0.7
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'decoder-panels.csv' index 1 matrix with image
unset multiplot
