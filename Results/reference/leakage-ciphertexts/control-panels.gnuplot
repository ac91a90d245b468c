# Draws control-panels.svg from control-panels.csv; gnuplot -e "format='png'" control-panels.gnuplot draws control-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,1035 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,414 font 'DejaVu Sans,10' background 'white'
}
set output 'control-panels.' . format
set datafile separator comma
set multiplot
set label 1 'The control, where nothing is encrypted' at screen 0.5,0.97101 center font ',10'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.016667
set rmargin at screen 0.48889
set bmargin at screen 0.48792
set tmargin at screen 0.89855
set label 2 'original' at screen 0.25278,0.91546 center font ',9'
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'control-panels.csv' index 0 matrix with image
unset label
set lmargin at screen 0.51111
set rmargin at screen 0.98333
set bmargin at screen 0.48792
set tmargin at screen 0.89855
set label 2 'ciphertexts' at screen 0.74722,0.91546 center font ',9'
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'control-panels.csv' index 1 matrix with image
unset label
set lmargin at screen 0.016667
set rmargin at screen 0.48889
set bmargin at screen 0.024155
set tmargin at screen 0.43478
set label 2 'output' at screen 0.25278,0.45169 center font ',9'
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'control-panels.csv' index 2 matrix with image
unset label
set lmargin at screen 0.51111
set rmargin at screen 0.98333
set bmargin at screen 0.024155
set tmargin at screen 0.43478
set label 2 'output ciphertexts' at screen 0.74722,0.45169 center font ',9'
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'control-panels.csv' index 3 matrix with image
unset label
unset multiplot
